"""
Whether the configured services do what the app needs of them:

    checks of models, storage and search -> findings -> a table, or JSON

Each check asks one small question, and all are asked at the same time.
"""
