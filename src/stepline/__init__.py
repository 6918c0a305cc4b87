"""Stepline: treatment protocols that a computer can prescribe, recognise, judge, forecast and draw.

For professionals who decide themselves: it shows its working and its doubts, and never orders
anything. The rooms and the arrows between them are drawn in the README; importing this module
loads none of them.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
