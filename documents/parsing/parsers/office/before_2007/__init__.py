"""Word and PowerPoint of before 2007, from their own records ([MS-DOC], [MS-PPT])."""
