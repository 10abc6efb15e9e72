"""The web server's processes: how many there are, their sockets, and who looks after them."""
