"""How numbers, nodes, derivatives and whole graphs are written, wherever they are shown."""
