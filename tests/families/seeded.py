"""Weights that two languages make alike, bit by bit, so that a graph can be shipped without them: see seeded.ts.

The i-th value is offset + scale · u, u = (h >> 8) / 2^23 − 1 in [−1, 1), h = mix(i · 0x9E3779B1 + seed mod 2^32),
where seed is FNV-1a of the name and mix is MurmurHash3's finaliser. u has 24 bits, so every step is one rounding.
"""
import math

import numpy as np


def seed(name):
    h = 2166136261
    for byte in name.encode():
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return h


def seeded(name, shape, scale=1.0, offset=0.0):
    h = np.arange(math.prod(shape), dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed(name))
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    u = ((h >> np.uint32(8)).astype(np.int32) - 2**23).astype(np.float32) / np.float32(2**23)
    return (np.float32(offset) + np.float32(scale) * u).reshape(shape)
