"""Places outside that collections keep up with: what is there becomes documents and versions."""
