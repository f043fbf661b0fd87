# SPDX-License-Identifier: MIT OR Apache-2.0
"""Trains the digits example and writes its four integer manifests, test data and expected logits.

    python train.py              trains on the 1437 training images, writes everything into this folder
    python train.py --validate   trains on 80 % of the training images, reports the other 20 %, writes nothing

The fine-tuning computes, in float32, exactly the integers of the exported model: every product and sum stays below 2^24.
"""

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.datasets import load_digits

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import integer_reference  # noqa: E402
import manifest_writer  # noqa: E402

SEED = 1
BATCH = 64
FLOAT_EPOCHS, FLOAT_RATE = 120, 2e-3
TUNE_EPOCHS, TUNE_RATE = 100, 1e-3
UNCHANGED = 0.3  # part of the images that augmentation leaves alone
REFRESH_UNTIL = 0.8  # part of the fine-tuning after which the row scales stay
TEST_IMAGES = 360

INPUT_SCALE = 1 / 16  # pixel 16 is white; integer inputs are min(pixel, 15)
CONVS = {"conv1": (1, 16, 1), "conv2": (16, 32, 1), "conv3": (32, 32, 2)}  # channels in, out, stride
LAYERS = [*CONVS, "logits"]
CLASSES = 10
OUT_LIMITS = {name: (0, 15) for name in CONVS} | {"logits": (-127, 127)}
MANTISSAS = np.arange(8, 16)
SHIFTS = np.arange(0, 25)


# ---------------------------------------------------------------- data


def split(labels, indices, count):
    """Stratified split without a random generator: (rest, picked), with `count` picked.

    A class gives its proportional share of `count`, rounded by largest remainder (ties to the smaller class);
    within a class, samples are ordered by SHA-256 of their decimal index in the dataset and the first ones picked.
    """
    groups = [sorted(indices[labels[indices] == c], key=digest) for c in range(CLASSES)]
    shares = [len(group) * count for group in groups]
    quota = [share // len(indices) for share in shares]
    by_remainder = sorted(range(CLASSES), key=lambda c: (-(shares[c] % len(indices)), c))
    for c in by_remainder[: count - sum(quota)]:
        quota[c] += 1
    picked = np.sort(np.concatenate([group[:n] for group, n in zip(groups, quota)]))
    return np.setdiff1d(indices, picked), picked


def digest(index):
    return hashlib.sha256(str(index).encode()).digest()


def load():
    """Integer images [n, 8, 8, 1] 0..15 and labels."""
    data = load_digits()
    images = np.minimum(data.images, 15).astype(np.float32)[..., None]
    return images, data.target.astype(np.int32)


def augment(images, rng):
    """Shifts by up to one pixel and turns, scales and shears a little; bilinear, rounded to integers."""
    n = len(images)
    angle, shear = rng.uniform(-0.2, 0.2, n), rng.uniform(-0.15, 0.15, n)
    zoom_y, zoom_x = rng.uniform(0.88, 1.14, n), rng.uniform(0.88, 1.14, n)
    shift_y, shift_x = rng.uniform(-1, 1, n), rng.uniform(-1, 1, n)
    grid_y, grid_x = np.mgrid[0:8, 0:8].reshape(2, 1, 64) - 3.5
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    y = (cos * grid_y - sin * grid_x) * zoom_y[:, None] + shift_y[:, None] + 3.5
    x = (sin * grid_y + (cos + shear[:, None]) * grid_x) * zoom_x[:, None] + shift_x[:, None] + 3.5
    y0, x0 = np.floor(y).astype(int), np.floor(x).astype(int)
    padded = np.pad(images[..., 0], ((0, 0), (4, 5), (4, 5)))
    which = np.arange(n)[:, None]
    moved = np.zeros((n, 64))
    for dy in (0, 1):
        for dx in (0, 1):
            part = np.abs(1 - dy - (y - y0)) * np.abs(1 - dx - (x - x0))
            moved += part * padded[which, np.clip(y0 + dy + 4, 0, 16), np.clip(x0 + dx + 4, 0, 16)]
    moved = np.floor(moved + 0.5).clip(0, 15).astype(np.float32).reshape(n, 8, 8, 1)
    return np.where(rng.random((n, 1, 1, 1)) < UNCHANGED, images, moved)


# ---------------------------------------------------------------- network


def initial_parameters(rng):
    """He initialisation; weights are [rows, columns] with columns in the order channel, row, column."""
    params = {}
    for name, (channels, rows, _) in CONVS.items():
        params[name] = dense_parameters(rng, rows, channels * 9, 2.0)
    params["logits"] = dense_parameters(rng, CLASSES, 128, 1.0)
    return params


def dense_parameters(rng, rows, columns, gain):
    weight = rng.normal(0, np.sqrt(gain / columns), (rows, columns)).astype(np.float32)
    return {"weight": jnp.asarray(weight), "bias": jnp.zeros(rows, jnp.float32)}


def patches(x, stride):
    """3x3 windows, padding 1: [n, h, w, channels] to [n, h', w', channels * 9]."""
    n, height, width, channels = x.shape
    x = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    parts = [x[:, i : i + height : stride, j : j + width : stride] for i in range(3) for j in range(3)]
    return jnp.stack(parts, -1).reshape(n, height // stride, width // stride, channels * 9)


def network(layer, x):
    """The topology; `layer(name, columns)` computes rows, activation included. Also returns all tensors."""
    tensors = {}
    for name, (_, _, stride) in CONVS.items():
        x = tensors[name] = layer(name, patches(x, stride))
    n = len(x)
    x = x.reshape(n, 2, 2, 2, 2, 32).max(axis=(2, 4))
    x = x.transpose(0, 3, 1, 2).reshape(n, 128)
    tensors["logits"] = layer("logits", x)
    return tensors


def float_network(params, x):
    """Real-valued tensors from integer images."""

    def layer(name, columns):
        y = columns @ params[name]["weight"].T + params[name]["bias"]
        return y if name == "logits" else jax.nn.relu(y)

    return network(layer, x * INPUT_SCALE)


def straight_through(real, rounded):
    """Value of `rounded`, gradient of `real`."""
    return real + jax.lax.stop_gradient(rounded - real)


def project(v, thresholds, steps, uniform_peak):
    """Nearest level of `v` row by row, a tie to the smaller magnitude.

    Fixed rows (uniform_peak > 0) round; the other rows sum the steps whose threshold is exceeded.
    """
    size = jnp.abs(v)
    uniform = jnp.minimum(jnp.ceil(size - 0.5), uniform_peak[:, None])
    listed = ((size[:, :, None] > thresholds[:, None, :]) * steps[:, None, :]).sum(-1)
    return jnp.sign(v) * jnp.where(uniform_peak[:, None] > 0, uniform, listed)


def integer_network(params, plan, x):
    """The exported model's integers, in float32, with straight-through gradients."""

    def layer(name, columns):
        p = plan[name]
        v = params[name]["weight"] / p["scale"][:, None]
        levels = straight_through(v, project(v, p["thresholds"], p["steps"], p["uniform_peak"]))
        bias = params[name]["bias"] / p["out_scale"] * p["power"]
        add = straight_through(bias, jnp.round(bias)) + p["power"] / 2
        total = ((columns @ levels.T) * p["mul"] + add) / p["power"]
        low, high = OUT_LIMITS[name]
        return straight_through(jnp.clip(total - 0.5, low, high), jnp.clip(jnp.floor(total), low, high))

    return network(layer, x)


# ---------------------------------------------------------------- schemes and scales


def scheme_tables(schemes):
    """What `project` needs for a list of schemes, one per row."""
    thresholds = np.full((len(schemes), 7), np.inf, np.float32)
    steps = np.zeros((len(schemes), 7), np.float32)
    uniform_peak = np.zeros(len(schemes), np.float32)
    for row, scheme in enumerate(schemes):
        levels = np.array(integer_reference.magnitudes(scheme), np.float32)
        if scheme.startswith("fixed"):
            uniform_peak[row] = levels[-1]
        else:
            count = len(levels) - 1
            thresholds[row, :count] = (levels[1:] + levels[:-1]) / 2
            steps[row, :count] = np.diff(levels)
    return {"thresholds": thresholds, "steps": steps, "uniform_peak": uniform_peak}


def quantize(weights, scheme, scale):
    """Nearest levels times the scale; a tie to the smaller magnitude."""
    levels = np.array(integer_reference.magnitudes(scheme), np.float64)
    index = np.searchsorted((levels[1:] + levels[:-1]) / 2, np.abs(weights) / scale, side="left")
    return np.sign(weights) * levels[index] * scale


def best_scale(weights, scheme, ratio):
    """(mul, shift, scale) of least squared error; scale = mul * 2^-shift * ratio exactly.

    `ratio` is the output's scale over the input's. Candidates lie between a fifth of the full range and a bit beyond it.
    """
    full = max(np.abs(weights).max(), 1e-6) / integer_reference.magnitudes(scheme)[-1]
    candidates = [(m, s, m * 2.0**-s * ratio) for s in SHIFTS for m in MANTISSAS]
    near = [c for c in candidates if 0.2 * full <= c[2] <= 1.15 * full]
    return min(near, key=lambda c: np.sum((quantize(weights, scheme, c[2]) - weights) ** 2))


def make_plan(params, schemes, scales):
    """Row scales for the present weights, and everything else that `integer_network` holds constant."""
    plan, in_scale = {}, INPUT_SCALE
    for name in LAYERS:
        weights = np.asarray(params[name]["weight"], np.float64)
        ratio = scales[name] / in_scale
        chosen = [best_scale(w, scheme, ratio) for w, scheme in zip(weights, schemes[name])]
        mul, shift, scale = (np.array(column) for column in zip(*chosen))
        plan[name] = {key: jnp.asarray(value) for key, value in scheme_tables(schemes[name]).items()} | {
            "mul": jnp.asarray(mul, jnp.float32),
            "power": jnp.asarray(2.0**shift, jnp.float32),
            "scale": jnp.asarray(scale, jnp.float32),
            "out_scale": jnp.float32(scales[name]),
        }
        in_scale = scales[name]
    return plan


def activation_scales(params, images):
    """One scale per tensor: least squared error of 4 bits after ReLU; the logits' largest magnitude at 100 of 127."""
    tensors = jax.jit(float_network)(params, images)
    scales = {}
    for name in CONVS:
        values = np.asarray(tensors[name]).ravel()
        candidates = values.max() / 15 * np.linspace(0.2, 1.0, 41)
        errors = [np.mean((np.clip(np.floor(values / c + 0.5), 0, 15) * c - values) ** 2) for c in candidates]
        scales[name] = float(candidates[np.argmin(errors)])
    scales["logits"] = float(np.abs(tensors["logits"]).max() / 100)
    return scales


# ---------------------------------------------------------------- which row gets which scheme


def by_variance(params):
    """Row indices of each layer, low variance first."""
    return {name: np.argsort(np.var(np.asarray(params[name]["weight"]), axis=1), kind="stable") for name in LAYERS}


def largest_eigenvalues(params, images, labels, iterations=12):
    """Largest Hessian eigenvalue of the loss with respect to each row alone, by power iteration."""
    images, labels = jnp.asarray(images), jnp.asarray(labels)

    def eigenvalues(name, start):
        @jax.jit
        def one_row(params, images, row, v):
            weight = params[name]["weight"]

            def row_loss(w):
                changed = params[name] | {"weight": weight.at[row].set(w)}
                return cross_entropy(float_network(params | {name: changed}, images)["logits"], labels)

            def step(v, _):
                product = jax.jvp(jax.grad(row_loss), (weight[row],), (v,))[1]
                return product / (jnp.linalg.norm(product) + 1e-20), jnp.dot(v, product)

            return jax.lax.scan(step, v / jnp.linalg.norm(v), None, length=iterations)[1][-1]

        return np.array([float(one_row(params, images, row, v)) for row, v in enumerate(start)])

    rng = np.random.default_rng(SEED)
    starts = {name: jnp.asarray(rng.normal(size=params[name]["weight"].shape), jnp.float32) for name in LAYERS}
    return {name: eigenvalues(name, starts[name]) for name in LAYERS}


def share(order, counts):
    """Schemes per row: the first rows of `order` get the first scheme, and so on."""
    rows = [None] * len(order)
    position = 0
    for scheme, count in counts:
        for row in order[position : position + count]:
            rows[row] = scheme
        position += count
    assert position == len(order)
    return rows


def msq(params):
    """75 % sp2 (low variance), 25 % fixed."""
    counts = {16: (12, 4), 32: (24, 8), 10: (8, 2)}
    orders = by_variance(params)
    return {n: share(o, list(zip(("sp2(4;2,1)", "fixed(4)"), counts[len(o)]))) for n, o in orders.items()}


def rmsmp(params, images, labels):
    """pot : fixed(4) : fixed(8); 8 bits for the largest Hessian eigenvalues, pot for low variance."""
    counts = {16: (10, 5, 1), 32: (20, 10, 2), 10: (6, 3, 1)}
    eigenvalues = largest_eigenvalues(params, images, labels)
    schemes = {}
    for name, order in by_variance(params).items():
        wide = np.argsort(-eigenvalues[name], kind="stable")[: counts[len(order)][2]]
        order = [row for row in order if row not in wide] + list(wide)
        schemes[name] = share(order, list(zip(("pot(4)", "fixed(4)", "fixed(8)"), counts[len(order)])))
    return schemes


def ausn_errors(params, scales):
    """Clipping and rounding error, relative to the sum of squares, per layer and superposition bits."""
    errors, in_scale = {}, INPUT_SCALE
    for name in LAYERS:
        weights = np.asarray(params[name]["weight"], np.float64)
        ratio, in_scale = scales[name] / in_scale, scales[name]
        for sup in (0, 1, 2):
            scheme = f"ausn(4;{sup})"
            clipping = rounding = 0.0
            for row in weights:
                scale = best_scale(row, scheme, ratio)[2]
                alpha = scale * integer_reference.magnitudes(scheme)[-1]
                square = (quantize(row, scheme, scale) - row) ** 2
                clipping += square[np.abs(row) > alpha].sum()
                rounding += square[np.abs(row) <= alpha].sum()
            energy = np.sum(weights**2)
            errors[name, sup] = (clipping / energy, rounding / energy)
    return errors


def ausn(params, scales):
    errors = ausn_errors(params, scales)
    schemes = {}
    for name in LAYERS:
        sup = min((0, 1, 2), key=lambda s: sum(errors[name, s]))
        schemes[name] = [f"ausn(4;{sup})"] * len(params[name]["weight"])
    return schemes, errors


# ---------------------------------------------------------------- training


def cross_entropy(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def epochs(images, labels, count, rng):
    """Shuffled, augmented batches of `count` epochs: (epoch, images, labels); a rest smaller than a batch is left out."""
    for epoch in range(count):
        order = rng.permutation(len(images))
        moved = augment(images[order], rng)
        for i in range(0, len(order) - BATCH + 1, BATCH):
            yield epoch, moved[i : i + BATCH], labels[order[i : i + BATCH]]


def optimizer(rate, count, images):
    steps = count * (len(images) // BATCH)
    return optax.adamw(optax.cosine_decay_schedule(rate, steps), weight_decay=1e-4)


def train_float(images, labels):
    rng = np.random.default_rng(SEED)
    params = initial_parameters(rng)
    adam = optimizer(FLOAT_RATE, FLOAT_EPOCHS, images)
    state = adam.init(params)

    @jax.jit
    def step(params, state, x, t):
        gradient = jax.grad(lambda p: cross_entropy(float_network(p, x)["logits"], t))(params)
        updates, state = adam.update(gradient, state, params)
        return optax.apply_updates(params, updates), state

    for _, x, t in epochs(images, labels, FLOAT_EPOCHS, rng):
        params, state = step(params, state, x, t)
    return params


def fine_tune(teacher, schemes, scales, images, labels):
    """Quantization-aware fine-tuning; the loss is cross entropy plus distance to the float network's logits."""
    rng = np.random.default_rng(SEED + 1)
    params = teacher
    adam = optimizer(TUNE_RATE, TUNE_EPOCHS, images)
    state = adam.init(params)
    plan, planned = None, None

    def loss(params, plan, x, t):
        logits = integer_network(params, plan, x)["logits"] * plan["logits"]["out_scale"]
        soft = jax.nn.softmax(float_network(teacher, x)["logits"] / 2)
        return cross_entropy(logits, t) + 2 * optax.softmax_cross_entropy(logits / 2, soft).mean()

    @jax.jit
    def step(params, state, plan, x, t):
        updates, state = adam.update(jax.grad(loss)(params, plan, x, t), state, params)
        return optax.apply_updates(params, updates), state

    for epoch, x, t in epochs(images, labels, TUNE_EPOCHS, rng):
        if epoch != planned and epoch <= REFRESH_UNTIL * TUNE_EPOCHS:
            plan, planned = make_plan(params, schemes, scales), epoch
        params, state = step(params, state, plan, x, t)
    return params, plan


# ---------------------------------------------------------------- export


ALIASES = {"sp2(4;2,1)": "s", "fixed(4)": "f", "fixed(8)": "w", "pot(4)": "p"}
ALIASES |= {f"ausn(4;{sup})": f"a{sup}" for sup in range(3)}
COMMENTS = {
    "msq": "Digits, MSQ: 75 % of the rows sp2, 25 % fixed, by row variance. Made by train.py.",
    "rmsmp": "Digits, RMSMP: rows of pot(4), fixed(4) and fixed(8), by variance and Hessian. Made by train.py.",
    "ausn": "Digits, AUSN: superposition bits chosen per layer. Made by train.py.",
    "fixed4": "Digits, every row fixed(4). Made by train.py.",
}


def layer_tensors(name, params, plan):
    """Integer levels and constants of one layer."""
    p = {key: np.asarray(value) for key, value in plan[name].items()}
    v = params[name]["weight"] / plan[name]["scale"][:, None]
    levels = np.asarray(project(v, *(plan[name][key] for key in ("thresholds", "steps", "uniform_peak"))))
    bias = np.asarray(jnp.round(params[name]["bias"] / plan[name]["out_scale"] * plan[name]["power"]))
    if name in CONVS:
        levels = levels.reshape(len(levels), -1, 3, 3)
    return manifest_writer.weight_tensors(name, levels, p["mul"], bias + p["power"] / 2, np.log2(p["power"]))


def layer_table(name, source, schemes, scales):
    rows = manifest_writer.compact_rows([ALIASES[scheme] for scheme in schemes[name]])
    low, high = OUT_LIMITS[name]
    entry = {"name": name, "op": "conv2d" if name in CONVS else "dense", "input": source, "rows": rows}
    if name in CONVS:
        entry |= {"kernel": [3, 3], "stride": [CONVS[name][2]] * 2, "padding": [1, 1, 1, 1]}
    bits, signed = (4, False) if name in CONVS else (8, True)
    entry["output"] = {"bits": bits, "signed": signed, "clamp": [low, high], "scale": scales[name]}
    return entry


def export(folder, name, params, plan, schemes, scales):
    tensors = {}
    for layer in LAYERS:
        tensors |= layer_tensors(layer, params, plan)
    used = {scheme for rows in schemes.values() for scheme in rows}
    layers = [
        layer_table("conv1", "image", schemes, scales),
        layer_table("conv2", "conv1", schemes, scales),
        layer_table("conv3", "conv2", schemes, scales),
        {"name": "pool", "op": "max_pool", "input": "conv3", "kernel": [2, 2], "stride": [2, 2]},
        {"name": "flat", "op": "flatten", "input": "pool"},
        layer_table("logits", "flat", schemes, scales),
    ]
    source = {"name": "image", "shape": [1, 8, 8], "bits": 4, "signed": False, "scale": INPUT_SCALE}
    aliases = {alias: scheme for scheme, alias in ALIASES.items() if scheme in used}
    manifest_writer.write(folder / f"{name}.toml", COMMENTS[name], aliases, source, layers, "logits", tensors)


# ---------------------------------------------------------------- main


def accuracy(logits, labels):
    return float(np.mean(np.argmax(np.asarray(logits), axis=1) == labels))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--validate", action="store_true", help="hold out a part of the training images, write nothing")
    parser.add_argument("--only", nargs="*", default=["msq", "rmsmp", "ausn", "fixed4"], help="manifests to make")
    arguments = parser.parse_args()
    begin = time.monotonic()

    def report(text):
        print(f"[{time.monotonic() - begin:6.1f} s] {text}", flush=True)

    images, labels = load()
    train, held_out = split(labels, np.arange(len(labels)), TEST_IMAGES)
    if arguments.validate:
        train, held_out = split(labels, train, len(train) // 5)
    x, t, x_out, t_out = images[train], labels[train], images[held_out], labels[held_out]

    teacher = train_float(x, t)
    scores = {"float": accuracy(float_network(teacher, x_out)["logits"], t_out)}
    report(f"float: {scores['float']:.4f} of {len(t_out)}")
    scales = activation_scales(teacher, x)
    chosen = {"msq": lambda: msq(teacher), "rmsmp": lambda: rmsmp(teacher, x[:256], t[:256])}
    ausn_schemes, errors = ausn(teacher, scales)
    chosen |= {"ausn": lambda: ausn_schemes}
    chosen |= {"fixed4": lambda: {n: ["fixed(4)"] * len(teacher[n]["weight"]) for n in LAYERS}}
    for (layer, sup), (clipping, rounding) in errors.items():
        report(f"ausn(4;{sup}) {layer}: clipping {clipping:.5f} rounding {rounding:.5f} sum {clipping + rounding:.5f}")

    integer_images = np.ascontiguousarray(x_out.transpose(0, 3, 1, 2)).astype(np.uint8)
    if not arguments.validate:
        (HERE / "expected").mkdir(exist_ok=True)
        np.save(HERE / "test_images.npy", integer_images)
        np.save(HERE / "test_labels.npy", t_out.astype(np.uint8))
    for name in arguments.only:
        schemes = chosen[name]()
        rows = {n: manifest_writer.compact_rows([ALIASES[scheme] for scheme in r]) for n, r in schemes.items()}
        report(f"{name}: " + "; ".join(f"{n} {r}" for n, r in rows.items()))
        params, plan = fine_tune(teacher, schemes, scales, x, t)
        trained = np.asarray(integer_network(params, plan, x_out)["logits"])
        if arguments.validate:
            report(f"{name}: {accuracy(trained, t_out):.4f}")
            continue
        export(HERE, name, params, plan, schemes, scales)
        logits = integer_reference.IntegerModel(HERE / f"{name}.toml").outputs(np.load(HERE / "test_images.npy"))
        np.save(HERE / "expected" / f"{name}.npy", logits.astype(np.int8))
        assert np.array_equal(logits, trained), f"{name}: the exported model differs from the trained one"
        scores[name] = accuracy(logits, np.load(HERE / "test_labels.npy"))
        report(f"{name}: {scores[name]:.4f}")
    print(json.dumps(scores))


if __name__ == "__main__":
    main()
