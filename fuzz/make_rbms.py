"""Writes corpus/hdf5/rbms beside this file, with the Python package rbms (0.5.0) itself: two saved updates.

Used by the tests of `burnzmann convert`, which know these numbers."""

import pathlib

import h5py
import torch
from rbms.bernoulli_bernoulli.classes import BBRBM
from rbms.io import save_model

path = pathlib.Path(__file__).parent / "corpus" / "hdf5" / "rbms"
path.unlink(missing_ok=True)
for update in [9, 10]:
    params = BBRBM(
        weight_matrix=(torch.arange(9, dtype=torch.float32) + update).reshape(3, 3) / 8,
        vbias=torch.tensor([0.1, 0.2, 0.3]) * update,
        hbias=torch.tensor([-1.0, 0.5, 0.25]),
    )
    save_model(str(path), params, {"visible": torch.ones(4, 3)}, update, 1.5, ["checkpoint"])
with h5py.File(path, "a") as f:
    # The states of the generators are most of the bytes, and no model has them.
    for update in [9, 10]:
        del f[f"update_{update}"]["torch_rng_state"], f[f"update_{update}"]["numpy_rng_arg1"]
with h5py.File(path, "r") as f, h5py.File(path.with_suffix(".small"), "w") as small:
    for name in f:
        f.copy(name, small)
path.with_suffix(".small").rename(path)
