"""Times a training step of the bundle's transformer in torch: in float32 and under torch.amp.

Arguments: samples of a batch, warm-up steps, rounds. Prints one line of JSON.
"""
import json
import statistics
import sys
import time

import torch
from torch import nn

TOKENS, FEATURES, HEADS, HIDDEN, LAYERS, CLASSES = 64, 256, 8, 1024, 4, 10
batch, warm_up, rounds = (int(argument) for argument in sys.argv[1:4])
device = "cuda" if torch.cuda.is_available() else "cpu"
lower = torch.float16 if device == "cuda" else torch.bfloat16


class Encoder(nn.Module):
    """An encoder layer that normalises over the batch, as DJL's does."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(FEATURES, HEADS, batch_first=True)
        self.norm = nn.BatchNorm1d(FEATURES)
        self.up = nn.Linear(FEATURES, HIDDEN)
        self.down = nn.Linear(HIDDEN, FEATURES)
        self.last_norm = nn.BatchNorm1d(FEATURES)

    def forward(self, x):
        attended, _ = self.attention(x, x, x, need_weights=False)
        x = self.norm((x + attended).transpose(1, 2)).transpose(1, 2)
        fed = self.down(nn.functional.gelu(self.up(x)))
        return self.last_norm((x + fed).transpose(1, 2)).transpose(1, 2)


class Run:
    """A model in training, in one arithmetic."""

    def __init__(self, half):
        torch.manual_seed(1)
        self.half = half
        self.layers = nn.Sequential(*(Encoder() for _ in range(LAYERS))).to(device)
        self.head = nn.Linear(FEATURES, CLASSES).to(device)
        parameters = [*self.layers.parameters(), *self.head.parameters()]
        self.optimizer = torch.optim.SGD(parameters, lr=0.05, momentum=0.9)
        self.scaler = torch.amp.GradScaler(device, enabled=half and device == "cuda")

    def step(self, data, labels):
        began = time.perf_counter()
        with torch.autocast(device, dtype=lower, enabled=self.half):
            scores = self.head(self.layers(data).mean(1))
            loss = nn.functional.cross_entropy(scores, labels)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        loss.item()
        return time.perf_counter() - began


full, amp = Run(False), Run(True)
data = torch.randn(batch, TOKENS, FEATURES, device=device)
labels = torch.randint(CLASSES, (batch,), device=device)
times = [(full.step(data, labels), amp.step(data, labels)) for _ in range(warm_up + rounds)]
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "device": device,
            "float32Millis": 1e3 * statistics.median(t for t, _ in times[warm_up:]),
            "ampMillis": 1e3 * statistics.median(t for _, t in times[warm_up:]),
        }
    )
)
