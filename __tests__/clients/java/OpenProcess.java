import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Scanner;

/**
 * A long-running process with one DefaultAzureCredential. Prints a line of JSON for each line `token <scope>`.
 */
class OpenProcess {
    public static void main(String[] args) throws Exception {
        var json = new ObjectMapper();
        var credential = new DefaultAzureCredentialBuilder().build();
        var lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            Map<String, String> result;
            try {
                var scope = lines.nextLine().split(" ")[1];
                result = Map.of("token", credential.getTokenSync(new TokenRequestContext().addScopes(scope)).getToken());
            } catch (RuntimeException error) {
                result = Map.of("error", String.valueOf(error.getMessage()));
            }
            System.out.println(json.writeValueAsString(result));
        }
        // Threads of the libraries would keep the process alive.
        System.exit(0);
    }
}
