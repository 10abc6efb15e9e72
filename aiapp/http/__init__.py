"""HTTP on both sides: middleware and errors inwards, guarded requests outwards."""
