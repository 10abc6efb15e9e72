"""Chats brought along from elsewhere: our own export, and those of other assistants.

`files` reads a file a conversation at a time, `formats` knows whose it is and turns it into a
`ParsedChat`, `saving` keeps it. Exports of activities and files of programs on one's own computer
have rooms of their own. A part of a file that is damaged is passed over and named. A
conversation that is here already, because it was exported or imported before, is passed over too,
so a file may be imported again and an import that broke off begun anew; one that has gone on since
it was imported gets its new messages.
"""
