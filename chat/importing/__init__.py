"""Chats brought along from elsewhere: our own export, and ChatGPT's.

`files` reads a file a conversation at a time, `ours` and `chatgpt` turn one into `Told`, `saving`
keeps it. A conversation that is here already, because it was exported or imported before, is
passed over, so a file may be imported again and an import that broke off begun anew.
"""
