"""Times the work of one case in the libraries that people use today; one JSON object a line.

peers.py ROWS ALGORITHM VISIBLE HIDDEN BATCH K

ROWS is a file of 32-bit floats, row by row. ALGORITHM is cd, pcd or free-energy. All do the same: binary
rows, K sweeps with drawn states, hidden means in the statistics, a plain step of gradient ascent on
the weights and both biases. scikit-learn knows PCD-1 alone, and is timed with that where K is 1.
A library that is not installed is skipped, which is said on the error stream.
"""
import json
import statistics
import sys
import time

RATE = 0.05
SECONDS = 0.9


def clock(step, sync=lambda: None):
    """The median time of a step in milliseconds, and how many were timed."""
    begin, times, turn = time.perf_counter(), [], 0
    step(0)
    sync()
    warm_up = 20 if time.perf_counter() - begin < 0.05 else 1
    while turn < warm_up + 5 or (time.perf_counter() - begin < SECONDS and turn < warm_up + 400):
        start = time.perf_counter()
        step(turn)
        sync()
        if turn >= warm_up:
            times.append(time.perf_counter() - start)
        turn += 1
    return 1e3 * statistics.median(times), len(times)


def with_numpy(x, algorithm, hidden, batch, k):
    import numpy as np

    rng = np.random.default_rng(0)
    visible, count = x.shape[1], max(len(x) // batch, 1)
    w = (rng.standard_normal((visible, hidden)) * 0.01).astype("float32")
    b, c = np.zeros(visible, "float32"), np.zeros(hidden, "float32")

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    def draw(p):
        return (rng.random(p.shape, dtype="float32") < p).astype("float32")

    if algorithm == "free-energy":
        return clock(lambda _: -(x @ b) - np.logaddexp(0, x @ w + c).sum(1))
    chains = None

    def step(turn):
        nonlocal w, b, c, chains
        v = x[turn % count * batch:][:batch]
        p = sigmoid(v @ w + c)
        h = draw(p) if chains is None else chains
        for sweep in range(k):
            u = draw(sigmoid(h @ w.T + b))
            q = sigmoid(u @ w + c)
            if sweep + 1 < k or algorithm == "pcd":
                h = draw(q)
        if algorithm == "pcd":
            chains = h
        rate = RATE / batch
        w += rate * (v.T @ p - u.T @ q)
        b += rate * (v - u).sum(0)
        c += rate * (p - q).sum(0)

    return clock(step)


def with_torch(x, algorithm, hidden, batch, k, device="cpu"):
    import os

    import torch

    if os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    x = torch.from_numpy(x).to(device)
    visible, count = x.shape[1], max(len(x) // batch, 1)
    w = torch.randn(visible, hidden, device=device) * 0.01
    b, c = torch.zeros(visible, device=device), torch.zeros(hidden, device=device)
    sync = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    if algorithm == "free-energy":
        softplus = torch.nn.functional.softplus
        return clock(lambda _: -(x @ b) - softplus(torch.addmm(c, x, w)).sum(1), sync)
    chains = None

    def step(turn):
        nonlocal chains
        v = x[turn % count * batch:][:batch]
        p = torch.sigmoid(torch.addmm(c, v, w))
        h = torch.bernoulli(p) if chains is None else chains
        for sweep in range(k):
            u = torch.bernoulli(torch.sigmoid(torch.addmm(b, h, w.t())))
            q = torch.sigmoid(torch.addmm(c, u, w))
            if sweep + 1 < k or algorithm == "pcd":
                h = torch.bernoulli(q)
        if algorithm == "pcd":
            chains = h
        rate = RATE / batch
        w.addmm_(v.t(), p, alpha=rate)
        w.addmm_(u.t(), q, alpha=-rate)
        b.add_((v - u).sum(0), alpha=rate)
        c.add_((p - q).sum(0), alpha=rate)

    return clock(step, sync)


def with_cuda(x, algorithm, hidden, batch, k):
    import torch

    if not torch.cuda.is_available():
        raise RuntimeError("there is no CUDA device")
    return with_torch(x, algorithm, hidden, batch, k, "cuda")


def with_sklearn(x, algorithm, hidden, batch, k):
    import numpy as np
    from sklearn.neural_network import BernoulliRBM

    if k != 1:
        raise RuntimeError("it does PCD-1 alone")
    rbm = BernoulliRBM(hidden, learning_rate=RATE, batch_size=batch, n_iter=1, random_state=0)
    rbm.fit(x[:batch])
    if algorithm == "free-energy":
        return clock(lambda _: rbm._free_energy(x))
    rng, count = np.random.RandomState(0), max(len(x) // batch, 1)
    return clock(lambda turn: rbm._fit(x[turn % count * batch:][:batch], rng))


def main():
    import numpy as np

    rows, algorithm = sys.argv[1:3]
    visible, hidden, batch, k = map(int, sys.argv[3:7])
    x = np.fromfile(rows, "<f4").reshape(-1, visible)
    contestants = {"numpy": with_numpy, "torch": with_torch, "sklearn": with_sklearn, "torch-cuda": with_cuda}
    for name, contestant in contestants.items():
        try:
            milliseconds, steps = contestant(x, algorithm, hidden, batch, k)
        except (ImportError, RuntimeError) as error:
            print(f"{name}: skipped: {error}", file=sys.stderr)
            continue
        print(json.dumps({"peer": name, "ms_per_step": milliseconds, "steps": steps}), flush=True)


main()
