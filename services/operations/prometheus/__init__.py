"""The numbers that monitoring reads at `/metrics`, in the text format of Prometheus."""
