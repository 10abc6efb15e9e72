"""Files of Office from before 2007, and charts in them."""
