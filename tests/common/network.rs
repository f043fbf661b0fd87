//! What every network that the reader hands out promises.

use rowsmith::ir::{Network, Op, TensorId};
use rowsmith::manifest::{self, ManifestError};

/// Reads a manifest and, behind the first zero byte, its weights.
pub fn read(bytes: &[u8]) -> Result<Network, ManifestError> {
    let mut parts = bytes.splitn(2, |&byte| byte == 0);
    manifest::read(parts.next().unwrap_or_default(), parts.next())
}

/// Ids in order, consistent sizes, levels on their grids.
pub fn check(network: &Network) {
    assert_eq!(network.tensors.len(), network.layers.len() + 1);
    assert!(network.output.0 < network.tensors.len());
    for tensor in &network.tensors {
        assert!(!tensor.shape.is_empty() && tensor.act.lo <= tensor.act.hi, "{}", tensor.name);
    }
    for (index, layer) in network.layers.iter().enumerate() {
        assert_eq!(layer.output, TensorId(index + 1));
        assert!(!layer.inputs.is_empty() && layer.inputs.iter().all(|id| id.0 <= index), "{}", layer.name);
        let (from, to) = (network.tensor(layer.inputs[0]).shape, network.tensor(layer.output).shape);
        if let Op::Conv(conv) = &layer.op {
            let matrix = &conv.matrix;
            let taps = conv.window.kernel.iter().product::<usize>();
            assert_eq!(matrix.columns * conv.groups, from.channels * taps, "{}", layer.name);
            assert_eq!((matrix.schemes.len(), matrix.requant.len()), (to.channels, to.channels), "{}", layer.name);
            assert_eq!(matrix.levels.len(), to.channels * matrix.columns, "{}", layer.name);
            for (row, scheme) in matrix.levels.chunks(matrix.columns).zip(&matrix.schemes) {
                assert!(row.iter().all(|&level| scheme.contains(level)), "{}", layer.name);
            }
        }
    }
}
