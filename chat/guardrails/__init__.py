"""Guards around the model: what is read is judged, what is written is cleaned.

`plain` undoes disguises, `patterns` are the marks of an injection, `flagging` judges a text by
them, `output` goes over the answer while it is being written, `policy` says what follows. A flag
refuses nothing by itself: the marks find a minority of attacks, see docs/security.md. What a
model may do is limited in `chat.tools`, whatever it has read.
"""
