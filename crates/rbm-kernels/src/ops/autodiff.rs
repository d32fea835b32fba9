//! The derivatives.

use burn::backend::{
    Flex,
    autodiff::{
        Autodiff,
        checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind, binary, unary},
    },
    backend::AutodiffBackend,
    flex::FlexTensor,
    ops::FloatTensorOps,
    tensor::FloatTensor,
};

use super::flex::{KernelOps, statistics};
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
struct Interaction;

impl Backward<Flex, 1> for Interaction {
    /// States and others of both sides, and their factors.
    type State = ([[FlexTensor; 2]; 2], [f64; 2]);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let ([first, second], scales) = ops.state;
        unary::<Flex, _>(ops.parents, ops.node, gradients, |g| {
            let g = f64::from(g.as_slice::<f32>().expect("single precision")[0]);
            statistics(&[
                (&first[0], &first[1], g * scales[0]),
                (&second[0], &second[1], g * scales[1]),
            ])
        });
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

    fn interaction(
        w: FloatTensor<Self>,
        states: FloatTensor<Self>,
        other: FloatTensor<Self>,
        product: FloatTensor<Self>,
        second_states: FloatTensor<Self>,
        second_other: FloatTensor<Self>,
        second_product: FloatTensor<Self>,
        scales: [f64; 2],
    ) -> FloatTensor<Self> {
        let prepared = Interaction
            .prepare::<C>([w.node()])
            .compute_bound()
            .stateful();
        let sides = [[states, other], [second_states, second_other]];
        let sides = sides.map(|side| side.map(FloatTensor::<Self>::into_primitive));
        let [[states, other], [second_states, second_other]] = sides.clone();
        let energy = Flex::interaction(
            w.into_primitive(),
            states,
            other,
            product.into_primitive(),
            second_states,
            second_other,
            second_product.into_primitive(),
            scales,
        );
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((sides, scales), energy),
            OpsKind::UnTracked(prepared) => prepared.finish(energy),
        }
    }
}
