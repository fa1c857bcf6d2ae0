"""The dialects of backends: how each is recognised, signed in to, asked, read and cleaned up. `every` lists them. No I/O."""
