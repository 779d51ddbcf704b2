"""What runs inside the portal's processes under the harness, and nowhere else."""
