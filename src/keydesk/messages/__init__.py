"""What is told to users outside the API: codes and invitations, composed here and sent through one door."""
