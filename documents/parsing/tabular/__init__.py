"""Tables as data: found in files, given types, and asked by SQL, in the process of a parser."""
