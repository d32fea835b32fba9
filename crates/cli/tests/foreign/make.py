"""Writes the files beside it, with the programs that users write them with: scikit-learn 1.9.1, NumPy 2.4, h5py 3.16.

Used by the tests of `burnzmann convert`, which know these numbers."""

import pathlib
import pickle

import h5py
import numpy as np
from sklearn.neural_network import BernoulliRBM

here = pathlib.Path(__file__).parent

weight = np.array([[0.5, -1.25], [2.0, 0.0625], [-3.0, 65504.0]])  # [visible, hidden]; the last is the largest half
visible = np.array([0.25, -0.75, 1.5])
hidden = np.array([-1.0, 0.125])

rbm = BernoulliRBM(n_components=2)
rbm.components_ = weight.T
rbm.intercept_visible_ = visible
rbm.intercept_hidden_ = hidden
(here / "sklearn.pkl").write_bytes(pickle.dumps(rbm))

half = np.float16
np.savez(here / "half.npz", W=weight.astype(half), vbias=visible.astype(half), hbias=hidden.astype(half), comment=np.array("16 bits"))

# The layout of rbms.io.save_model, as fuzz/make_rbms.py has it, in 16 bits.
with h5py.File(here / "half.h5", "w", libver="latest") as f:
    params = f.create_group("update_7").create_group("params")
    params["weight_matrix"] = weight.astype(half)
    params["vbias"] = visible.astype(half)
    params["hbias"] = hidden.astype(">f2")
    f["model_type"] = "BBRBM"
