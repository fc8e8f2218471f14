"""The encoder as a network that can be taught, with the heads on the mean of its pieces.

The table of pieces stays as it is: most pieces never occur in the corpus, and a taught neighbour
of an untaught one would only pull the two apart.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from classifiers.components import labels
from classifiers.components.pieces import HEAD, TAIL
from classifiers.training.base import Base

_PLACES = HEAD + TAIL + 2  # pieces of the longest text, with its frame
_EPSILON = 1e-12


class Layer(nn.Module):
    """One layer of a BERT encoder; the three projections of attention are one matrix."""

    def __init__(self, base: Base, number: int, dropout: float) -> None:
        super().__init__()
        self.heads = base.heads
        self.dropout = dropout
        parts = ("q", "k", "v")
        self.attention = _linear(base, [f"l{number}.{part}" for part in parts], base.width)
        self.attention_out = _linear(base, [f"l{number}.ao"], base.width)
        self.attention_norm = _norm(base, f"l{number}.aln")
        self.inner = _linear(base, [f"l{number}.fi"], base.width)
        self.inner_out = _linear(base, [f"l{number}.fo"], base.inner)
        self.inner_norm = _norm(base, f"l{number}.oln")

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return the next hidden states: shape (texts, pieces, width)."""
        texts, pieces, width = hidden.shape
        shape = (texts, pieces, 3, self.heads, width // self.heads)
        query, key, value = self.attention(hidden).view(shape).permute(2, 0, 3, 1, 4)
        drop = self.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, dropout_p=drop
        )
        mixed = mixed.transpose(1, 2).reshape(texts, pieces, width)
        hidden = self.attention_norm(hidden + self._dropped(self.attention_out(mixed)))
        inner = self.inner_out(functional.gelu(self.inner(hidden)))
        normed: Tensor = self.inner_norm(hidden + self._dropped(inner))
        return normed

    def _dropped(self, hidden: Tensor) -> Tensor:
        return functional.dropout(hidden, self.dropout, self.training)


class Net(nn.Module):
    """From a text's pieces to a raw score for each output."""

    def __init__(
        self, base: Base, kept: Sequence[int], dropout: float = 0.1, frozen: int = 0
    ) -> None:
        super().__init__()
        self.dropout = dropout
        table = base.packed("emb.word", base.width).numbers()[list(kept)]
        self.register_buffer("table", torch.from_numpy(table), persistent=False)
        places = base.plain("emb.pos").reshape(-1, base.width)[:_PLACES]
        self.places = nn.Parameter(torch.from_numpy(places + base.plain("emb.type")[: base.width]))
        self.table_norm = _norm(base, "emb.ln")
        self.layers = nn.ModuleList(Layer(base, n, dropout) for n in range(base.layers))
        for layer in self.layers[:frozen]:  # nearest to the letters: what it knows stays
            layer.requires_grad_(False)
        self.places.requires_grad_(frozen == 0)
        self.table_norm.requires_grad_(frozen == 0)
        self.head = nn.Linear(base.width, len(labels.OUTPUTS))
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, numbers: Tensor, mask: Tensor) -> Tensor:
        """Return raw scores: shape (texts, outputs). `mask` is true where a piece stands."""
        table: Tensor = self.get_buffer("table")
        hidden = self.table_norm(table[numbers] + self.places[: numbers.shape[1]])
        hidden = functional.dropout(hidden, self.dropout, self.training)
        hole = torch.zeros(mask.shape, dtype=hidden.dtype).masked_fill(~mask, -1e4)
        for layer in self.layers:
            hidden = layer(hidden, hole[:, None, None, :])
        weight = mask[..., None].to(hidden.dtype)
        vector = (hidden * weight).sum(1) / weight.sum(1)
        scores: Tensor = self.head(functional.dropout(vector, self.dropout, self.training))
        return scores


def _linear(base: Base, names: Sequence[str], width: int) -> nn.Linear:
    """Return the layers called `names` side by side, as one."""
    weight = torch.cat([torch.from_numpy(base.packed(f"{n}.w", width).numbers()) for n in names])
    made = nn.Linear(width, len(weight))
    made.weight.data = weight
    made.bias.data = torch.cat([torch.from_numpy(base.plain(f"{name}.b")) for name in names])
    return made


def _norm(base: Base, name: str) -> nn.LayerNorm:
    made = nn.LayerNorm(base.width, _EPSILON)
    made.weight.data = torch.from_numpy(base.plain(f"{name}.w"))
    made.bias.data = torch.from_numpy(base.plain(f"{name}.b"))
    return made
