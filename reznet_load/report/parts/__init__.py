"""What several sections say or show: result blocks, sentences, what servers and providers answered."""
