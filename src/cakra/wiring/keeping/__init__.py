"""What is kept beside the way of a case: inputs and cases set aside, what is forgotten in time."""
