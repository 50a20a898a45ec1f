"""One vendor each behind a port: database, storage, RunPod, downloads, media."""
