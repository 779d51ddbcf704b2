"""What staff look up in Halo while they set up and decide."""
