"""What is under `/_keydesk/`: for the people who run the server, and for their monitoring."""
