"""What the sections of the results document say, made from the result; each template names what it shows."""
