"""The demo endpoint: RunPod's HTTP protocol before a renderer on the CPU. It knows HTTP and nothing else."""
