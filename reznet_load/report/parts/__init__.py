"""Parts that several sections use: result blocks, sentences, and what servers and providers answered."""
