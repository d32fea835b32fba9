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

use super::flex::{KernelOps, derivative};
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
            |g| derivative(&x, &g),
        );
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
}
