"""What running code and other clients would stumble over."""
