//! Adam (Kingma, Ba 2015, Algorithm 1) with state that can be stored; the library's optimizers keep theirs private.

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use crate::quant::Result;

const BETA: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

/// Variables with the running means of their gradients and of the gradients' squares.
#[derive(Debug)]
pub struct Adam {
    /// What is trained.
    pub variables: Vec<Var>,
    /// Running means, two for each variable.
    pub moments: Vec<[Tensor; 2]>,
    /// Steps so far.
    pub steps: usize,
}

impl Adam {
    /// Starts with means of zero.
    pub fn new(variables: Vec<Var>) -> Result<Self> {
        let zeros = |v: &Var| Ok([v.as_tensor().zeros_like()?.detach(), v.as_tensor().zeros_like()?.detach()]);
        let moments = variables.iter().map(zeros).collect::<Result<_>>()?;
        Ok(Self { variables, moments, steps: 0 })
    }

    /// One step against the gradients.
    pub fn step(&mut self, gradients: &GradStore, rate: f64) -> Result<()> {
        self.steps += 1;
        let power = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let unbias = BETA.map(|beta| 1.0 / (1.0 - beta.powi(power)));
        for (variable, moments) in self.variables.iter().zip(&mut self.moments) {
            let Some(gradient) = gradients.get(variable) else { continue };
            let gradient = gradient.detach();
            let first = ((&moments[0] * BETA[0])? + (&gradient * (1.0 - BETA[0]))?)?;
            let second = ((&moments[1] * BETA[1])? + (gradient.sqr()? * (1.0 - BETA[1]))?)?;
            let scale = ((&second * unbias[1])?.sqrt()? + EPSILON)?;
            let change = ((&first * (rate * unbias[0]))? / scale)?;
            variable.set(&(variable.as_tensor() - change)?.detach())?;
            *moments = [first.detach(), second.detach()];
        }
        Ok(())
    }
}
