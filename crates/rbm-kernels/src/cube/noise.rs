//! Arrays of random numbers, made where they are wanted.

use burn::tensor::{DType, Shape};
use burn_cubecl::{
    cubecl::{
        self, calculate_cube_count_elemwise, prelude::*, std::tensor::layout::linear::LinearViewMut,
    },
    ops::numeric::empty_device_dtype,
    tensor::CubeTensor,
};

use super::{
    normal::normal_pair,
    philox::{Place, place, uniform, words},
};
use crate::uniform::Address;

/// The numbers at `address`, uniform or normal, as an array on the device that `like` is on.
pub(crate) fn fill(like: &CubeTensor, shape: Shape, address: Address, normal: bool) -> CubeTensor {
    let (client, length) = (like.client.clone(), shape.num_elements());
    let out = empty_device_dtype(client.clone(), like.device.clone(), shape, DType::F32);
    if length == 0 {
        return out;
    }
    let units = length.div_ceil(4);
    let dim = CubeDim::new(&client, units);
    fill_kernel::launch(
        &client,
        calculate_cube_count_elemwise(&client, units, dim),
        dim,
        out.required_address_type(),
        out.clone().into_linear_view(),
        place(address, length),
        normal,
    );
    out
}

/// A block of four numbers for each unit.
#[cube(launch, address_type = "dynamic")]
fn fill_kernel(mut out: LinearViewMut<'_, f32>, place: Place, #[comptime] normal: bool) {
    let first = ABSOLUTE_POS * 4;
    if !out.is_in_bounds(first) {
        terminate!();
    }
    let words = words(&place, u32::cast_from(ABSOLUTE_POS));
    let mut numbers = Sequence::<f32>::new();
    if comptime!(normal) {
        let (x, y) = normal_pair(*words.index(0), *words.index(1));
        let (z, w) = normal_pair(*words.index(2), *words.index(3));
        numbers.push(x);
        numbers.push(y);
        numbers.push(z);
        numbers.push(w);
    } else {
        #[unroll]
        for i in 0..4usize {
            numbers.push(uniform(*words.index(i)));
        }
    }
    #[unroll]
    for i in 0..4usize {
        out.write_checked(first + i, *numbers.index(i));
    }
}
