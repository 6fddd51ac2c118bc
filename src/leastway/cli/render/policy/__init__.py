"""What the commands of `leastway policy` print."""
