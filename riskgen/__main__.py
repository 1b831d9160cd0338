"""`python -m riskgen`, for a checkout that is not installed."""

from riskgen.cli.main import main

if __name__ == "__main__":
    main()
