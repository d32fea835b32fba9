//! The derivatives.

use burn::backend::{
    Flex,
    autodiff::{
        Autodiff,
        checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind, binary},
    },
    backend::AutodiffBackend,
    flex::FlexTensor,
    ops::FloatTensorOps,
    tensor::FloatTensor,
};

use super::flex::{KernelOps, Sides, statistics, vector};
use crate::uniform::Address;

#[derive(Debug)]
struct BinaryMatmul;

impl Backward<Flex, 2> for BinaryMatmul {
    type State = (FlexTensor, FlexTensor);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let (x, w) = ops.state;
        binary::<Flex, _, _>(
            ops.parents,
            ops.node,
            gradients,
            |g| Flex::float_matmul(g, Flex::float_transpose(w)),
            |g| statistics(&[(&x, &g, 1.0)]),
        );
    }
}

#[derive(Debug)]
struct NegativeEnergy;

impl Backward<Flex, 3> for NegativeEnergy {
    /// The configurations, and the sums of their rows.
    type State = (Sides, [Vec<f64>; 2]);

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let g = gradients.consume::<Flex>(&ops.node);
        let g = f64::from(g.as_slice::<f32>().expect("single precision")[0]);
        let (sides, [of_states, of_other]) = ops.state;
        let [w, b, c] = ops.parents;
        if let Some(w) = w {
            gradients.register::<Flex>(w.id, sides.statistics(g));
        }
        if let Some(b) = b {
            gradients.register::<Flex>(b.id, vector(&of_states, g));
        }
        if let Some(c) = c {
            gradients.register::<Flex>(c.id, vector(&of_other, g));
        }
    }
}

impl<C: CheckpointStrategy> KernelOps for Autodiff<Flex, C> {
    fn binary_matmul(x: FloatTensor<Self>, w: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = BinaryMatmul
            .prepare::<C>([x.node(), w.node()])
            .compute_bound()
            .stateful();
        let (x, w) = (x.into_primitive(), w.into_primitive());
        match prepared {
            OpsKind::Tracked(prepared) => {
                let product = Flex::binary_matmul(x.clone(), w.clone());
                prepared.finish((x, w), product)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(Flex::binary_matmul(x, w)),
        }
    }

    fn sample_bernoulli(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> FloatTensor<Self> {
        let (inputs, bias) = (inputs.into_primitive(), bias.into_primitive());
        Self::from_inner(Flex::sample_bernoulli(inputs, bias, address))
    }

    fn sample_bernoulli_with_mean(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (inputs, bias) = (inputs.into_primitive(), bias.into_primitive());
        let (mean, sample) = Flex::sample_bernoulli_with_mean(inputs, bias, address);
        (Self::from_inner(mean), Self::from_inner(sample))
    }

    fn bernoulli_mean(inputs: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let (inputs, bias) = (inputs.into_primitive(), bias.into_primitive());
        Self::from_inner(Flex::bernoulli_mean(inputs, bias))
    }

    fn negative_energy(
        w: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        states: FloatTensor<Self>,
        other: FloatTensor<Self>,
        product: FloatTensor<Self>,
        second_states: FloatTensor<Self>,
        second_other: FloatTensor<Self>,
        second_product: FloatTensor<Self>,
        scales: [f64; 2],
    ) -> FloatTensor<Self> {
        let prepared = NegativeEnergy
            .prepare::<C>([w.node(), b.node(), c.node()])
            .compute_bound()
            .stateful();
        let inner = FloatTensor::<Self>::into_primitive;
        let sides = Sides {
            states: [states, second_states].map(inner),
            other: [other, second_other].map(inner),
            scales,
        };
        let products = [product, second_product].map(inner);
        let biases = [b, c].map(inner);
        let (energy, sums) = sides.energy(biases.each_ref(), products.each_ref());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((sides, sums), energy),
            OpsKind::UnTracked(prepared) => prepared.finish(energy),
        }
    }
}
