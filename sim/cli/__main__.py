"""`python -m sim.cli`: the same as `rout`."""

from sim.cli import main

if __name__ == "__main__":
    main()
