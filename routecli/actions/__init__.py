"""One function per command: load, compute, fill the document. The only place where data and maths meet."""
