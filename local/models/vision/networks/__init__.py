"""Neural networks whose weights come inside registry packages, made ready for onnxruntime as they are loaded."""
