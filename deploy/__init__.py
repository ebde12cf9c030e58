"""Deployment with `azd up`: the package, and what is left to do once the code is there. Runs where azd runs."""
