"""What backends speak: one file a backend from recognition to clean-up, listed in `every`. No I/O."""
