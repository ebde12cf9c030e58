"""The models that the stand-in offers, by the names that requests use."""

VISION_MODEL = "stand-in-vision"
CHAT_MODEL = "stand-in-chat"
EMBEDDING_MODEL = "stand-in-embedding"
SMALL_EMBEDDING_MODEL = "stand-in-embedding-small"
IMAGE_EMBEDDING_MODEL = "stand-in-image-embedding"  # of another API, which has no list
IMAGE_DIMENSIONS = 1280
# The first two take pictures and text alike; they differ in how image tokens are counted.
CHAT_MODELS = (VISION_MODEL, CHAT_MODEL)
EMBEDDING_DIMENSIONS = {EMBEDDING_MODEL: 384, SMALL_EMBEDDING_MODEL: 256}
MODEL_NAMES = (VISION_MODEL, CHAT_MODEL, *EMBEDDING_DIMENSIONS)
# Deployments that take batches and nothing else, as on Azure, and the models that they are of.
BATCH_DEPLOYMENTS = {"stand-in-vision-batch": VISION_MODEL}
