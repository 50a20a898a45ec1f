"""What the demo renderer can show: each scene is a small film set, built once and drawn for every moment."""
