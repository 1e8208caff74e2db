"""The benchmark of Hotplate and its rivals. Run it with ./bench; docs/benchmarks.md says how and why."""
