"""The product beside its peers: the same rows, paths and answers, other frameworks."""
