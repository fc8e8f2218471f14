"""The live desk measured: made-up platforms in memory, the real pipeline, store, judge and loop."""
