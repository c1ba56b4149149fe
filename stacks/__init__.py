"""One deployment: the only place where components and hooks meet."""
