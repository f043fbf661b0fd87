//! One layer of a network as a network of its own.

use super::{Layer, LayerId, Network, Tensor, TensorId};

impl Network {
    /// The network of one layer, and the tensor that is its input there. `Err` says what stands against it.
    pub fn of_layer(&self, name: &str) -> Result<(Self, TensorId), String> {
        let found = self.layers.iter().find(|layer| layer.name == name);
        let layer = found.ok_or_else(|| "there is no layer of this name".to_owned())?;
        let &[operand] = &layer.inputs[..] else {
            return Err(format!("it has {} operands, and a network has one input", layer.inputs.len()));
        };
        let tensor = |id, producer| Tensor { producer, ..self.tensor(id).clone() };
        let alone = Self {
            digest: format!("{}/{name}", self.digest),
            tensors: vec![tensor(operand, None), tensor(layer.output, Some(LayerId(0)))],
            layers: vec![Layer { inputs: vec![TensorId(0)], output: TensorId(1), ..layer.clone() }],
            input: TensorId(0),
            output: TensorId(1),
            ..self.clone()
        };
        Ok((alone, operand))
    }
}
